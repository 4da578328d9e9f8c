# Whether a file can be opened without harm. HDF5 is not made for damaged files: a wrong byte can end
# the process that reads one, or keep it busy for ever; and a file can name others to read from. So
# it is first read through by a process of its own with a limit of time.

# Layouts of the file that this package reads.
LAYOUTS <- c(1, 2)

inspect <- function(path) {
  if (!file.exists(path)) stop("no such file: ", path, call. = FALSE)
  if (system2("test", c("-f", shQuote(path))) != 0) # a FIFO or a device would be waited for
    stop(path, ": is no results file but a folder or device", call. = FALSE)
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c("inspect <- ", deparse(inspect_file), "inspect(commandArgs(TRUE)[1])"), script)
  seconds <- 20 + file.size(path) %/% 2e7
  command <- paste0(
    "ulimit -c 0; ulimit -t ", seconds, "; HDF5_USE_FILE_LOCKING=FALSE R_LIBS=",
    shQuote(paste(.libPaths(), collapse = ":")), " exec ",
    shQuote(file.path(R.home("bin"), "Rscript")), " --vanilla ", shQuote(script), " ",
    shQuote(normalizePath(path)), " 2>&1")
  said <- suppressWarnings(system2("sh", c("-c", shQuote(command)), stdout = TRUE))
  code <- attr(said, "status")
  if (is.null(code) && identical(utils::tail(said, 1), "sound")) return(invisible())
  problem <- if (!is.null(code) && code > 128) end_by_signal(code - 128) else
    sub("^rnnsweep: ", "", utils::tail(grep("^rnnsweep: ", said, value = TRUE), 1))
  if (length(problem) == 0) problem <- paste("cannot be read:", paste(said, collapse = " "))
  stop(path, ": ", problem, call. = FALSE)
}

end_by_signal <- function(number) {
  switch(as.character(number),
         "4" = , "6" = , "7" = , "8" = , "11" = "is damaged: the HDF5 library crashes on it",
         "24" = "is damaged: the HDF5 library is not done with it in time",
         paste("cannot be read: the process that read it was killed, as the system does when",
               "memory runs out; the file may be whole"))
}

# Runs in the other process, which has this function alone.
inspect_file <- function(path) {
  refuse <- function(...) {
    cat("rnnsweep: ", ..., "\n", sep = "")
    quit(status = 1)
  }
  size <- file.size(path)
  look_at <- function(file, name) {
    item <- file[[name]]
    if (!inherits(item, "H5D")) return(invisible())
    properties <- item$get_create_plist()
    if (properties$get_external_count() > 0)
      refuse(name, " is stored in another file, which rnnsweep does not do")
    layout <- as.character(properties$get_layout())
    if (!layout %in% c("H5D_COMPACT", "H5D_CONTIGUOUS", "H5D_CHUNKED"))
      refuse(name, " is a virtual dataset, which rnnsweep makes none of")
    bytes <- prod(item$dims) * item$get_type()$get_size()
    most <- if (layout == "H5D_CHUNKED") 1100 else 1 # what a deflated byte can stand for
    if (item$get_storage_size() > size || bytes > 2^26 + most * size)
      refuse("is damaged: ", name, " does not lie within it")
  }
  tryCatch({
    file <- hdf5r::H5File$new(path, mode = "r")
    items <- file$ls(recursive = TRUE)
    elsewhere <- items$name[as.character(items$link.type) != "H5L_TYPE_HARD"]
    if (length(elsewhere) > 0)
      refuse(elsewhere[1], " is a link to another place, which rnnsweep makes none of")
    for (name in items$name) look_at(file, name)
    file$close_all()
    nc <- ncdf4::nc_open(path)
    for (name in names(nc$var)) ncdf4::ncatt_get(nc, name)
    for (name in names(ncdf4::ncatt_get(nc, 0))) ncdf4::ncatt_get(nc, 0, name)
    cat("sound\n")
  }, error = function(error)
    refuse("is no results file of rnnsweep, or is damaged: ", conditionMessage(error)))
}
