mkdir in
echo a > in/a
tar --create --owner=0 --group=0 --mtime=@1234567890 -f picture.png -C in a
: > empty.tar.gz
printf 'plain text, compressed' | gzip -n > compressed.gz
printf 'PK\003\004rest of a zip' > archive.zip
rm -r in
