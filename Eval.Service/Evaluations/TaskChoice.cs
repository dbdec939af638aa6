using Platform.Contracts.Eval.V1;
using Platform.Evals;

namespace Platform.EvalHost.Evaluations;

/// <summary>Which task a spec means.</summary>
internal static class TaskChoice
{
    /// <summary>Longest definition, in characters.</summary>
    public const int MaxYaml = 64 * 1024;

    /// <summary>The task; null with the problem where there is none.</summary>
    public static (Platform.Evals.EvaluationTask? Task, string Field, string Problem) Find(EvaluationSpec spec)
    {
        if (spec.TaskYaml.Length == 0)
        {
            var name = spec.Task.Length == 0 ? HellaSwagTask.TaskName : spec.Task;
            var names = string.Join(", ", EvaluationTasks.All.Select(task => task.Name));
            return (EvaluationTasks.Find(name), "spec.task", $"There is no task '{name}'; there are: {names}.");
        }

        if (spec.TaskYaml.Length > MaxYaml)
            return (null, "spec.task_yaml", "may have 65536 characters at the most.");
        try
        {
            var task = DefinedTask.Parse(spec.TaskYaml, "task_yaml");
            return spec.Task.Length == 0 || spec.Task == task.Name
                ? (task, "", "")
                : (null, "spec.task", $"is '{spec.Task}', and the definition's is '{task.Name}'.");
        }
        catch (TaskDefinitionException e)
        {
            return (null, "spec.task_yaml", e.Message);
        }
    }
}
