using Microsoft.Extensions.Options;
using Platform.InferenceHost.OpenAi;

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
        if (options.MaxQueued is < 1 or > 100_000)
            failures.Add("Inference:MaxQueued is not 1 to 100000.");
        if (!Enum.IsDefined(options.Precision))
            failures.Add("Inference:Precision is not Fp32, Bf16 or Int8.");
        if (options.ChatTemplates.Any(template => template.Model.Length == 0
            || template.Template is not (ChatTemplates.Alpaca or ChatTemplates.Plain)))
            failures.Add("Inference:ChatTemplates needs a Model and a Template, alpaca or plain, in each entry.");
        if (options.Threads is < 0 or > 1024)
            failures.Add("Inference:Threads is not 0 to 1024.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
