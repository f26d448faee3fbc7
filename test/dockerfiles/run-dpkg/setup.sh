make_package() {
  mkdir -p package/DEBIAN package/usr/bin package/etc "package/usr/share/$1"
  printf '%s\n' "Package: $1" "Version: $2" 'Architecture: all' 'Maintainer: Nobody <nobody@example.org>' 'Description: an example' \
    > package/DEBIAN/control
  printf '%s\n' '#!/bin/sh' "echo version $2, \$1 after \$2 > /usr/share/$1/installed" > package/DEBIAN/postinst
  printf '%s\n' '#!/bin/sh' "rm -f /usr/share/$1/installed" > package/DEBIAN/postrm
  chmod 755 package/DEBIAN/postinst package/DEBIAN/postrm
  echo "/etc/$1.conf" > package/DEBIAN/conffiles
  echo "# $2" > "package/etc/$1.conf"
  echo "$2" > "package/usr/share/$1/only-in-$2"
  printf '#!/bin/sh\necho %s\n' "$2" > "package/usr/bin/$1"
  chmod 4755 "package/usr/bin/$1"
  ln -s "$1" "package/usr/bin/$1-link"
  ln "package/usr/bin/$1" "package/usr/bin/$1-hard"
  find package -exec touch --no-dereference --date=@1234567890 {} +
  dpkg-deb --build --root-owner-group -Zgzip package "$1_$2_all.deb" > /dev/null
  rm -r package
}
make_package example 1
make_package example 2
make_package other 1
