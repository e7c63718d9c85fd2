# update
