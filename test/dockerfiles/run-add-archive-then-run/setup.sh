mkdir -p in/bin
echo tool > in/bin/tool
chmod 750 in/bin/tool
tar --create --owner=1000 --group=50 --mtime=@1234567890 -f archive.tar -C in bin
rm -r in
