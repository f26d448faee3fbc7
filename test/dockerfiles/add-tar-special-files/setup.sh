mkdir in
mkfifo in/pipe
mknod in/null c 1 3
mknod in/block b 7 300
tar --create --owner=0 --group=0 --mtime=@1234567890 -f archive.tar -C in .
rm -r in
