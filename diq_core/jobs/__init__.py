"""Work that outlives the page: a command's record, its line, queue, worker and shards."""
