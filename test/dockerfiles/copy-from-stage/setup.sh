ln -s b tree/link
ln tree/b tree/second
