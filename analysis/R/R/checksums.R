# Checksums of runs, CRC-32C as `rnnsweep verify` checks them; docs/layouts.md says over what.

# The order of a row of layout 1; later files say theirs in the attribute rnnsweep_row.
FIRST_ROW <- c("run", "states", "learning_rate", "lambda", "momentum", "epsilon", "epsilon_placement",
               "precision", "sequence_length", "train_samples", "test_samples", "batch_size",
               "batching", "epochs", "loss_interval", "gradient_check", "data_seed", "seed", "status",
               "initial_loss", "final_loss", "test_bit_accuracy", "test_accuracy", "diverged_at",
               "loss")
FIRST_GROUP_ROW <- c("run_id", "S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")

BYTES <- c(byte = 1, "unsigned byte" = 1, short = 2, "unsigned short" = 2, int = 4, float = 4,
           double = 8)

CRC_TABLE <- local({
  polynomial <- -2097792136L # 0x82f63b78
  vapply(0:255, function(byte) {
    for (bit in 1:8) {
      half <- as.integer(bitwShiftR(byte, 1L))
      byte <- if (bitwAnd(byte, 1L) == 1L) bitwXor(half, polynomial) else half
    }
    byte
  }, 0L)
})

# Goes on with the checksums of some rows: `bytes` has a column for each row. Begin with -1; what is
# in the file is bitwNot of the end.
add_bytes <- function(sums, bytes) {
  for (i in seq_len(nrow(bytes))) {
    index <- bitwAnd(bitwXor(sums, as.integer(bytes[i, ])), 255L)
    sums <- bitwXor(CRC_TABLE[index + 1L], as.integer(bitwShiftR(sums, 8L)))
  }
  sums
}

# The variables of a row, in the order of its checksum.
row_order <- function(nc, scale, first) {
  own <- ncdf4::ncatt_get(nc, scale, "rnnsweep_row")
  if (own$hasatt) strsplit(own$value, " ")[[1]] else first
}

# The bytes of `count` rows from `row` as they stand in the file, one column for each row; NULL for a
# type of which R cannot hold all values.
row_bytes <- function(nc, path, row, count) {
  of <- nc$var[[path]]
  type <- if (is.null(of)) "int" else of$prec # scales are whole numbers
  if (!type %in% names(BYTES)) return(NULL)
  inner <- if (is.null(of)) 0 else of$ndims - 1
  values <- as.vector(ncdf4::ncvar_get(nc, path, c(rep(1, inner), row), c(rep(-1, inner), count),
                                       raw_datavals = TRUE))
  if (!type %in% c("float", "double")) values <- as.integer(values)
  matrix(writeBin(values, raw(), BYTES[[type]], "little"), ncol = count)
}

is_number <- function(nc, path) is.null(nc$var[[path]]) || nc$var[[path]]$ndims == 1

end_of_rows <- function(rows) {
  bytes <- matrix(as.raw(0), 8, length(rows)) # a 64-bit integer; there are fewer than 2^31 rows
  bytes[1:4, ] <- writeBin(as.integer(rows - 1), raw(), 4, "little")
  bytes
}

# Whether the bytes of a run are those of its checksum; NA when that cannot be told.
is_intact <- function(nc, row, group) {
  place <- match(as.vector(ncdf4::ncvar_get(nc, "run", row, 1)),
                 as.vector(ncdf4::ncvar_get(nc, paste0(group, "run_id"))))
  if (is.na(place)) return(FALSE)
  root <- row_order(nc, "run", FIRST_ROW)
  numbers <- vapply(root, function(path) is_number(nc, path), NA)
  parts <- c(lapply(c(root[numbers], root[!numbers]), function(path) row_bytes(nc, path, row, 1)),
             lapply(paste0(group, row_order(nc, paste0(group, "run_id"), FIRST_GROUP_ROW)),
                    function(path) row_bytes(nc, path, place, 1)))
  if (any(vapply(parts, is.null, NA))) return(NA)
  later <- ncdf4::ncatt_get(nc, 0, "rnnsweep_layout")$value > 1
  sum <- add_bytes(-1L, do.call(rbind, c(parts, if (later) list(end_of_rows(row)))))
  bitwNot(sum) == ncdf4::ncvar_get(nc, "crc32c", row, 1)
}

# Refuses a run that ended and whose bytes are not those of its checksum.
stop_if_damaged <- function(nc, row, run, group) {
  if (read_column(nc, "status")[row] != "pending" && isFALSE(is_intact(nc, row, group)))
    stop("run ", run, " is damaged: its checksum is wrong; `rnnsweep verify` says more",
         call. = FALSE)
}

# Whether the numbers of each row are those of crc32c_head; NULL when that cannot be told.
intact_numbers <- function(nc) {
  total <- nc$dim$run$len
  if (is.null(nc$var$crc32c_head)) return(NULL)
  order <- Filter(function(path) is_number(nc, path), row_order(nc, "run", FIRST_ROW))
  intact <- logical(total)
  for (first in seq(1, total, 65536)) {
    count <- min(65536, total - first + 1)
    sums <- rep(-1L, count)
    for (path in order) {
      bytes <- row_bytes(nc, path, first, count)
      if (is.null(bytes)) return(NULL)
      sums <- add_bytes(sums, bytes)
    }
    rows <- first - 1 + seq_len(count)
    intact[rows] <- bitwNot(add_bytes(sums, end_of_rows(rows))) ==
      as.vector(ncdf4::ncvar_get(nc, "crc32c_head", first, count))
  }
  intact
}
