#' Look at the results of rnnsweep
#'
#' Start with [open_results()], [success_rates()] and [plot_success_map()].
#'
#' @keywords internal
#' @importFrom ggplot2 .data
#' @importFrom stats predict
"_PACKAGE"
