cp -a tree expected
rm -r expected/a.log expected/sub/skip expected/sub/cache expected/cache
