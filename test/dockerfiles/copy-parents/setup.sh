mkdir -p expected/plain/a/b expected/plain/x/one expected/plain/x/two expected/pivot/b expected/deep/x/two/deep
cp a/b/c.txt expected/plain/a/b/
cp x/one/y.txt expected/plain/x/one/
cp x/two/y.txt expected/plain/x/two/
cp a/b/c.txt expected/pivot/b/
cp x/two/deep/readme.md expected/deep/x/two/deep/
