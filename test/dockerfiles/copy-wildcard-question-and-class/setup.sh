echo q > 'file?.log'
