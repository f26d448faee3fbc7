mkdir in
echo a > in/a
tar --create --owner=1000 --group=50 --numeric-owner --mtime=@1234567890 -f archive.tar -C in a
zstd -q archive.tar
rm -r in
