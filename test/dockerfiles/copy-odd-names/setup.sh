mkdir -p tree
cd tree
echo 1 > 'žluťoučký kůň'
echo 2 > '日本語.txt'
echo 3 > "quote'and\"double"
echo 4 > ' blanks '
echo 5 > '-dash'
echo 6 > 'back\slash'
echo 7 > "$(printf 'n%.0s' $(seq 255))"
deep=$(printf 'folder-with-a-long-name-%02d/' 1 2 3 4 5 6 7 8 9 10 11 12)
mkdir -p "$deep"
echo 8 > "$deep/end"
ln -s "$deep/end" long-link
