chmod 600 tree/plain
chmod 700 tree/runs tree/sub
chmod 640 tree/sub/deep
mkdir -p expected
cp -a tree expected/one
chmod 755 expected/one expected/one/sub expected/one/runs
chmod 644 expected/one/plain expected/one/sub/deep
cp -a tree/plain expected/two
chmod 711 expected/two
cp -a tree/plain expected/three
cp -a tree/plain expected/four
chmod 660 expected/four
cp -a tree/runs expected/five
chmod 644 expected/five
