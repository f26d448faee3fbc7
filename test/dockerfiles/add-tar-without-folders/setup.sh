mkdir -p in/one/two
echo a > in/one/two/file
tar --create --owner=5 --group=6 --mtime=@1234567890 -f archive.tar -C in one/two/file
rm -r in
