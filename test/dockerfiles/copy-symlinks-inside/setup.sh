ln -s real.txt tree/to-file
ln -s sub tree/to-folder
ln -s /etc/passwd tree/absolute
ln -s ../../../outside tree/outside
ln -s nowhere tree/dangling
