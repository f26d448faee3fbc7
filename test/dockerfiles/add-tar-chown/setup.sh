mkdir -p in/sub
echo a > in/sub/a
tar --create --owner=5 --group=6 --mtime=@1234567890 -f archive.tar -C in .
rm -r in
