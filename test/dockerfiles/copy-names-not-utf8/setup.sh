mkdir -p tree
echo 1 > "$(printf 'tree/latin1-\344\366')"
mkdir "$(printf 'tree/bad-\377')"
echo 2 > "$(printf 'tree/bad-\377/inner')"
ln -s "$(printf 'latin1-\344\366')" tree/link
