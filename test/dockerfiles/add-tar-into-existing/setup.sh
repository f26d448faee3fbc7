mkdir -p in/data in/new
chmod 700 in
chmod 711 in/data
echo new > in/data/old.txt
echo n > in/new/n
tar --create --sort=name --owner=7 --group=8 --mtime=@1234567890 -f archive.tar -C in .
rm -r in
