chmod 755 tree/run.sh
chmod 600 tree/private
chmod 700 tree/sub
chmod 444 tree/sub/a
chmod 750 tree
