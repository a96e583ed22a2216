// One function a command; each in the file of its name.
#pragma once

#include "cli/command_line.hpp"
#include "cli/session.hpp"

namespace lockstep::cli {

/// All problems of manifests and lockstep.local.yaml. Reads files only.
Awaitable<ExitCode> run_validate(Session& session);
/// What apply would do. Writes nothing, needs no lock.
Awaitable<ExitCode> run_plan(Session& session, PlanCommand command);
/// Shows the plan, asks, does it, and tells what is left.
Awaitable<ExitCode> run_apply(Session& session, ApplyCommand command);
/// Reconciles until a signal.
Awaitable<ExitCode> run_controller(Session& session, ControllerCommand command);
/// A line for each Target and for each thing that is wrong. Writes nothing.
Awaitable<ExitCode> run_status(Session& session, StatusCommand command);
/// What differs between manifests and places. Writes nothing.
Awaitable<ExitCode> run_diff(Session& session, DiffCommand command);
/// Places, takes back or lists holds, beside whoever writes.
Awaitable<ExitCode> run_hold(Session& session, HoldCommand command);
/// Makes live what is staged, after showing it and asking.
Awaitable<ExitCode> run_rollout(Session& session, RolloutCommand command);
/// Works on one keyring of lockstep.local.yaml.
Awaitable<ExitCode> run_keyring(Session& session, KeyringCommand command);
/// The completions of a shell, or the names of the Targets in the manifests.
Awaitable<ExitCode> run_completion(Session& session, CompletionCommand command);
/// The text of the schema; as JSON `{"version": 1, "path", "text"}`.
ExitCode run_explain(Terminal& terminal, const ExplainCommand& command, Output output);
/// Prints the CRDs, or writes a file each into a folder that is made when its parent exists.
ExitCode run_crds(Terminal& terminal, Files& files, const CrdsCommand& command);

}  // namespace lockstep::cli
