mkdir -p tree/etc
ln -s ../run/systemd/resolve/stub-resolv.conf tree/etc/resolv.conf
