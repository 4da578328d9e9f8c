# Hidden states of trained networks, by the program rnnsweep, as tidy tables.

#' Read a file of trajectories
#'
#' What `rnnsweep trajectories FILE RUN... -o STATES.nc` has written, as a table with a row for each
#' number.
#'
#' @param path The netCDF file.
#' @param what `"states"`, the hidden states after each step; `"memories"`, c of lstm; `"outputs"`,
#'   probabilities of bits and classes, or numbers; `"inputs"` or `"targets"`; `"first_states"` or
#'   `"first_memories"`, before the first step.
#' @return A data frame with the columns that apply of `run`, `sequence`, `step`, `state`, `input` and
#'   `output`, numbers from 0 as in the file, and `value`. There are no rows past a sequence's end, nor
#'   for states that a run does not have. Where all runs read the same, inputs and targets have no
#'   column `run`.
#' @examples
#' \dontrun{
#' states <- read_trajectories("states.nc")
#' aggregate(value ~ run + step, states, stats::sd)
#' }
#' @export
read_trajectories <- function(path, what = "states") {
  nc <- ncdf4::nc_open(path)
  on.exit(ncdf4::nc_close(nc))
  if (!what %in% names(nc$var))
    stop(path, ": has no ", what, "; it has ", paste(names(nc$var), collapse = ", "), call. = FALSE)
  variable <- nc$var[[what]]
  values <- ncdf4::ncvar_get(nc, what, collapse_degen = FALSE)
  # R sees the dimensions in reverse, and so the last one of the file runs fastest.
  axes <- lapply(variable$dim, function(axis) as.integer(ncdf4::ncvar_get(nc, axis$name)))
  names(axes) <- vapply(variable$dim, function(axis) axis$name, "")
  table <- expand.grid(axes, KEEP.OUT.ATTRS = FALSE)
  table$value <- as.vector(values)
  keep <- !is.na(table$value)
  if ("step" %in% names(table) && what %in% c("inputs", "targets"))
    keep <- keep & table$step < lengths_of_rows(nc, table)
  columns <- c("run", "sequence", "step", "state", "input", "output")
  table <- table[keep, c(intersect(columns, names(table)), "value")]
  rownames(table) <- NULL
  table
}

# Steps of the sequence of each row.
lengths_of_rows <- function(nc, table) {
  lengths <- ncdf4::ncvar_get(nc, "length", collapse_degen = FALSE)
  if (length(dim(lengths)) < 2)
    return(lengths[table$sequence + 1])
  runs <- ncdf4::ncvar_get(nc, "run")
  lengths[cbind(table$sequence + 1, match(table$run, runs))]
}

#' Hidden states of trained networks
#'
#' Calls the program `rnnsweep trajectories`: the states are those of the forward pass of training, to
#' the bit.
#'
#' @param results From [open_results()].
#' @param runs Numbers of runs, or conditions such as `c("cell=gru", "states=3")` for every run that is
#'   done and fulfils them; `"all"`, `"best"`.
#' @param set Which set the networks read: `"test"`, `"train"`, or another of a data file.
#' @param data A data file to take the set from, the same for all runs; see [write_sequences()].
#' @param what What to read, as in [read_trajectories()].
#' @param output Where to keep the netCDF file; by default it is not kept.
#' @param program The program; by default the environment variable `RNNSWEEP`, else `rnnsweep` on the
#'   search path.
#' @param checkpoint Updates after which the networks are wanted, one of the `checkpoints` of the
#'   sweep; `NULL`: as the runs left them.
#' @return As of [read_trajectories()].
#' @export
trajectories <- function(results, runs = "all", set = "test", data = NULL, what = "states",
                         output = NULL, program = Sys.getenv("RNNSWEEP", "rnnsweep"),
                         checkpoint = NULL) {
  kept <- if (is.null(output)) tempfile("trajectories-", fileext = ".nc") else output
  if (is.null(output)) on.exit(unlink(kept))
  words <- c("trajectories", results$path, as.character(runs), "--set", set, "-o", kept,
             if (!is.null(data)) c("--data", data),
             if (!is.null(checkpoint)) c("--checkpoint", checkpoint))
  said <- suppressWarnings(system2(program, shQuote(words), stdout = TRUE, stderr = TRUE))
  if (!is.null(attr(said, "status")))
    stop(sub("^rnnsweep: error: ", "", utils::tail(said, 1)), call. = FALSE)
  read_trajectories(kept, what)
}
