using Microsoft.Extensions.Options;

namespace Platform.EvalHost;

/// <summary>Checks <see cref="EvalOptions"/> and tells everything that is wrong at once.</summary>
internal sealed class EvalOptionsValidator : IValidateOptions<EvalOptions>
{
    public ValidateOptionsResult Validate(string? name, EvalOptions options)
    {
        var failures = new List<string>();
        if (options.MaxQueued is < 1 or > 100_000)
            failures.Add("Eval:MaxQueued is not 1 to 100000.");
        if (options.MaxRestarts is < 0 or > 100)
            failures.Add("Eval:MaxRestarts is not 0 to 100.");
        // The host itself gives up after 30 s.
        if (options.StopSeconds is < 1 or > 25)
            failures.Add("Eval:StopSeconds is not 1 to 25.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
