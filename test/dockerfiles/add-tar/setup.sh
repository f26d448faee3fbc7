mkdir -p in/sub
echo a > in/a
echo b > in/sub/b
chmod 600 in/a
chmod 2750 in/sub
ln -s a in/link
ln in/a in/hard
pack() { tar --create --sort=name --owner=1000 --group=50 --numeric-owner --mtime=@1234567890 -C in "$@" .; }
pack -f plain.tar
pack -z -f gzip.tar.gz
pack -j -f bzip2.tar.bz2
pack -J -f xz.tar.xz
rm -r in
