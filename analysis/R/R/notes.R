# Sentences below the tables of settings: what their numbers do not say.

# What readers should know of the standings, which a table need not have.
notes <- function(ranking, table) {
  lines <- levels_notes(ranking)
  if (ranking$finished_groups == 0) lines <- "No run is finished."
  few <- if (is.null(table$standing)) too_few(ranking) else undecided(ranking, table)
  c(lines, few, unit_notes(ranking), uncounted(ranking))
}

too_few <- function(ranking) {
  seeds <- max(ranking$seeds, 0)
  if (ranking$comparisons > 0 && !ranking$unit_name %in% ranking$by &&
      seeds < units_needed(ranking$comparisons)) cannot_tell(ranking, seeds)
}

counted <- function(count, word) paste0(count, " ", word, if (count != 1) "s")

cannot_tell <- function(ranking, seeds) {
  sprintf("%s cannot tell these %d settings apart; %d would, if the best won with each.",
          counted(seeds, ranking$unit_name), ranking$finished_groups, units_needed(ranking$comparisons))
}

# Why some settings have no standing.
undecided <- function(ranking, table) {
  open <- table$standing == "undecided"
  seeds <- max(table$paired_seeds[open], 0)
  c(if (any(open) && any(table$standing %in% c("tied", "worse")))
      sprintf("Some settings share at most %s with the best, too few to tell; %d would, if the best won with each.",
              counted(seeds, ranking$unit_name), units_needed(ranking$comparisons))
    else if (any(open)) cannot_tell(ranking, seeds),
    if (any(table$standing == "unpaired")) unpaired_note(ranking))
}

unpaired_note <- function(ranking) {
  agree <- Filter(function(name) name == ranking$unit_name || length(unique(ranking$table[[name]])) > 1,
                  pairs_by(ranking, ranking$table))
  if (!ranking$unit_name %in% agree)
    return(sprintf("Some settings share no %ss with the best.", ranking$unit_name))
  sprintf("Some settings have no run that agrees with one of the best in %s.",
          paste(agree, collapse = ", "))
}

# How many runs are in no number.
uncounted <- function(ranking) {
  pending <- sum(ranking$table$status == "pending")
  failed <- sum(ranking$table$status == "failed")
  runs_are <- function(count) paste0(count, " run", if (count == 1) " is" else "s are")
  c(if (pending > 0) paste(runs_are(pending), "not finished and not counted."),
    if (failed > 0) paste(runs_are(failed), "not counted: the gradient check failed."))
}

# How many settings were stopped at which rung.
levels_notes <- function(ranking) {
  said <- levels_sentence(ranking$levels, ranking$level[ranking$seeds > 0])
  if (said == "") return(character(0))
  paste0("until: ", said, ". Their scores are of then",
         if (ranking$comparisons > 0) ", and so is the best that they are compared with", ".")
}

unit_notes <- function(units) {
  if ("task" %in% units$by) {
    units$along <- setdiff(units$along, OF_TASK)
    units$unlike <- setdiff(units$unlike, setdiff(OF_TASK, units$by))
  }
  c(if (!is.null(units$held))
    sprintf("Replicates are %ss; %s is held: this says nothing about other values of it.",
            units$unit_name, units$held),
    if (length(units$unlike) > 0)
      sprintf("Runs that differ in %s have other data: they are matched by the number of their %s only.",
              paste(units$unlike, collapse = ", "), units$unit_name),
    if (length(units$along) > 0)
      sprintf("%s %s along with %s: their effects cannot be told apart.",
              paste(units$along, collapse = ", "), if (length(units$along) == 1) "varies" else "vary",
              paste(units$by, collapse = ", ")))
}

# Of the times in a table that nobody gave a loss for.
CHECKED <- paste("reached: of the runs with stop_loss or stop_accuracy, those that got there at a check;",
                 "updates until then, others as infinite.")
