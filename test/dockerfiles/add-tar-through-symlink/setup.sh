mkdir in
echo a > in/from-archive
tar --create --owner=0 --group=0 --mtime=@1234567890 -f archive.tar -C in from-archive
rm -r in
