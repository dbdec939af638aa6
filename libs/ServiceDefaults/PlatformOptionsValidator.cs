using Microsoft.Extensions.Options;

namespace Platform.ServiceDefaults;

/// <summary>Checks <see cref="PlatformOptions"/> and tells everything that is wrong at once.</summary>
internal sealed class PlatformOptionsValidator : IValidateOptions<PlatformOptions>
{
    private const int MinKeyLength = 16;

    public ValidateOptionsResult Validate(string? name, PlatformOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataRoot))
            failures.Add("Platform:DataRoot is empty; give the folder where everything is kept.");
        if (options.ApiKey is { Length: > 0 and < MinKeyLength })
            failures.Add($"Platform:ApiKey is shorter than {MinKeyLength} characters.");
        if (options.ApiKey is { } key && key.Any(c => c is < '!' or > '~'))
            failures.Add("Platform:ApiKey has characters other than visible ASCII ones.");
        foreach (var path in options.AllowedPaths.Where(path => !Path.IsPathFullyQualified(path)))
            failures.Add($"Platform:AllowedPaths has '{path}', which is no absolute path.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
