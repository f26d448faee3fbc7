ln -s real.txt link.txt
ln -s sub link-to-sub
ln -s /real.txt absolute
