mkdir -p tree/sub
echo shared > tree/one
ln tree/one tree/two
ln tree/one tree/sub/three
