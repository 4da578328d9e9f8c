# Files of your own sequences, which `data: FILE` of a sweep trains on.

SET_RANKS <- list(inputs = 2:3, targets = 1:3, weights = 2, lengths = 1)
SET_DIMENSIONS <- list(inputs = c("sequence", "step", "input"),
                       targets = c("sequence", "step", "output"),
                       weights = c("sequence", "step"), lengths = "sequence")

#' Write a data file of arrays
#'
#' Makes a netCDF-4 file, which is HDF5 too, for the key \code{data} of a sweep file. N sequences, T
#' steps, I inputs, O outputs.
#'
#' @param path File to write.
#' @param train,test Lists with \code{inputs}: integers \verb{[N,T]}, symbols from 0, or numbers
#'   \verb{[N,T,I]}; \code{targets}: integers \verb{[N,T]}, classes from 0, or \verb{[N]}, the class
#'   of a whole sequence, said at its last step; integers or logicals \verb{[N,T,O]}, bits; or other
#'   numbers \verb{[N,T,O]}. If wanted, \code{weights} \verb{[N,T]}, how much a step counts, and
#'   \code{lengths} \verb{[N]}.
#' @param ... Further sets by name, such as \code{validation}.
#' @param symbols,classes How many there are, where the sets do not have them all.
#' @param tolerance A real output counts as right within it (0.5).
#' @param overwrite Whether an existing file may be replaced.
#' @return The path, invisibly. An error names set, array and index of what is wrong.
#' @export
write_sequences <- function(path, train, test, ..., symbols = NULL, classes = NULL,
                            tolerance = NULL, overwrite = FALSE) {
  if (file.exists(path) && !overwrite)
    stop(path, ": exists; overwrite = TRUE replaces it", call. = FALSE)
  sets <- list(train = train, test = test, ...)
  sets <- Map(checked_set, names(sets), sets)
  variables <- unlist(lapply(names(sets), function(name) set_variables(name, sets[[name]])),
                      recursive = FALSE)
  beside <- tempfile(".sequences-", dirname(path), ".nc")
  on.exit(unlink(beside))
  nc <- ncdf4::nc_create(beside, lapply(variables, function(each) each$definition), force_v4 = TRUE)
  tryCatch({
    for (each in variables) {
      name <- each$definition$name
      ncdf4::ncvar_put(nc, name, aperm(each$values))
      part <- sub(".*/", "", name)
      attributes <- list(inputs = list(symbols = symbols),
                         targets = list(classes = classes, tolerance = tolerance))[[part]]
      for (key in names(attributes)) if (!is.null(attributes[[key]]))
        ncdf4::ncatt_put(nc, name, key, attributes[[key]], prec = "double")
    }
  }, finally = ncdf4::nc_close(nc))
  if (!file.rename(beside, path)) stop(path, ": cannot be written", call. = FALSE)
  invisible(path)
}

# Numbers that are whole become integers where only they make sense.
checked_set <- function(name, set) {
  unknown <- setdiff(names(set), names(SET_RANKS))
  if (length(unknown) > 0)
    stop("/", name, ": ", unknown[1], ": a set has ", toString(names(SET_RANKS)), call. = FALSE)
  for (part in c("inputs", "targets"))
    if (is.null(set[[part]])) stop("/", name, ": has no ", part, call. = FALSE)
  set <- set[intersect(names(SET_RANKS), names(set))]
  for (part in names(set)) set[[part]] <- checked_array(name, part, set[[part]])
  shape <- dim(set$inputs)
  for (part in names(set)) {
    own <- dim(set[[part]])
    expected <- shape[seq_len(min(length(own), 2))]
    if (!identical(own[seq_along(expected)], expected))
      stop("/", name, "/", part, ": is [", toString(own), "], but inputs are [", toString(shape),
           "]", call. = FALSE)
  }
  set
}

checked_array <- function(name, part, values) {
  where <- paste0("/", name, "/", part)
  if (is.null(dim(values))) dim(values) <- length(values)
  if (!is.numeric(values) && !is.logical(values))
    stop(where, ": is no array of numbers", call. = FALSE)
  if (!length(dim(values)) %in% SET_RANKS[[part]] || length(values) == 0)
    stop(where, ": is [", toString(dim(values)), "], but has ",
         paste(SET_RANKS[[part]], collapse = " or "), " dimensions", call. = FALSE)
  wrong <- which(!is.finite(values), arr.ind = TRUE)
  if (length(wrong) > 0) {
    index <- if (is.matrix(wrong)) wrong[1, ] else wrong[1]
    stop(where, "[", paste(index, collapse = ","), "]: is ", values[which(!is.finite(values))[1]],
         call. = FALSE)
  }
  whole <- part == "lengths" || (part != "weights" && length(dim(values)) < 3)
  if (whole && !all(values == round(values)))
    stop(where, ": has numbers that are not whole", call. = FALSE)
  if (whole || (is.logical(values) && part == "targets")) storage.mode(values) <- "integer"
  if (is.logical(values)) storage.mode(values) <- "double"
  values
}

# Definitions of a set's variables in its group, with the values. netCDF's order of dimensions is
# the reverse of R's.
set_variables <- function(name, set) {
  extents <- list()
  for (part in names(set)) {
    dimensions <- SET_DIMENSIONS[[part]][seq_along(dim(set[[part]]))]
    extents[dimensions] <- as.list(dim(set[[part]]))
  }
  made <- Map(function(dimension, extent) {
    ncdf4::ncdim_def(paste0(name, "/", dimension), "", seq_len(extent), create_dimvar = FALSE)
  }, names(extents), extents)
  lapply(names(set), function(part) {
    values <- set[[part]]
    dimensions <- made[rev(SET_DIMENSIONS[[part]][seq_along(dim(values))])]
    list(values = values, definition = ncdf4::ncvar_def(
      paste0(name, "/", part), "", unname(dimensions),
      prec = if (is.integer(values)) "integer" else "double"))
  })
}
