mkdir -p in
long=$(printf 'part-of-a-long-name/%.0s' $(seq 1 12))
mkdir -p "in/$long"
echo a > "in/$long/ž"
ln -s "$long/ž" in/link
tar --create --format=gnu --sort=name --owner=3000000 --group=3000001 --numeric-owner --mtime=@1234567890 -f gnu.tar -C in .
tar --create --format=posix --sort=name --owner=3000000 --group=3000001 --numeric-owner --mtime=@1234567890 -f posix.tar -C in .
rm -r in
