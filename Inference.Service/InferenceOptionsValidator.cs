using Microsoft.Extensions.Options;

namespace Platform.InferenceHost;

/// <summary>Checks <see cref="InferenceOptions"/> and tells everything that is wrong at once.</summary>
internal sealed class InferenceOptionsValidator : IValidateOptions<InferenceOptions>
{
    public ValidateOptionsResult Validate(string? name, InferenceOptions options)
    {
        var failures = new List<string>();
        if (options.MemoryLimitBytes < 0)
            failures.Add("Inference:MemoryLimitBytes is negative.");
        if (options.MaxConcurrent is < 1 or > 256)
            failures.Add("Inference:MaxConcurrent is not 1 to 256.");
        if (options.CacheLimitBytes < 1)
            failures.Add("Inference:CacheLimitBytes is not positive.");
        if (options.MaxQueued is < 0 or > 100_000)
            failures.Add("Inference:MaxQueued is not 0 to 100000.");
        if (options.Threads is < 0 or > 1024)
            failures.Add("Inference:Threads is not 0 to 1024.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
