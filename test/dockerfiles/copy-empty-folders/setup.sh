mkdir -p sub/inner/empty empty
chmod 700 sub/inner
