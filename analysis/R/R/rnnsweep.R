#' Look at the results of rnnsweep
#'
#' Start with [open_results()], [success_rates()] and [plot_success_map()].
#'
#' | | |
#' |---|---|
#' | Files | [open_results()], [run_table()], [runs_where()], [only_run()], [swept()], [loss_curves()], [weights_of()], [trajectories()], [read_trajectories()], [predict][predict.rnnsweep_results] |
#' | Settings, best first | [configuration_table()], [success_rates()], [standings()], [best_run()], [bootstrap_intervals()] |
#' | Two settings | [compare_settings()] |
#' | Parameters | [importance()] |
#' | Curves and times | [loss_bands()], [validation_bands()], [weight_change()], [solution_times()], [time_to_loss()] |
#' | Further tests, rungs | [accuracy_by_length()], [accuracy_by_set()], [at_rungs()], [rungs()], [scores_at_rungs()] |
#' | Formulas | [wilson_interval()], [interquartile_mean()], [bootstrap_interval()], [sign_flip_test()] |
#' | Figures | [plot_success()], [plot_success_map()], [plot_loss_bands()], [plot_validation_curves()], [plot_accuracy_over_length()], [plot_weight_paths()], [plot_rung_scores()] |
#'
#' The seed is the unit of every interval and test: where a setting has several runs of a seed, they
#' are averaged first, as one would average several cells of one animal.
#'
#' @keywords internal
#' @importFrom ggplot2 .data
#' @importFrom stats predict
"_PACKAGE"
