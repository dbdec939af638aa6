using System.Diagnostics;
using Spectre.Console;

namespace Platform.Cli.Output;

/// <summary>Shows how far a piece of work has come: a bar in a terminal, a line now and then elsewhere.</summary>
internal static class ProgressLine
{
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/>, which reports its share done (0 to 1) and a few words.</summary>
    public static async Task<T> RunAsync<T>(CliOutput output, string title, Func<Action<double, string>, Task<T>> work)
    {
        if (output.IsJson)
            return await work((_, _) => { });
        if (!output.Console.Profile.Capabilities.Interactive)
            return await RunPlainAsync(output, title, work);
        return await output.Console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 30 },
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                var result = await work((share, words) =>
                {
                    task.Value = Math.Clamp(share, 0, 1);
                    task.Description = Markup.Escape(words.Length == 0 ? title : $"{title}: {words}");
                });
                task.Value = 1;
                return result;
            });
    }

    private static async Task<T> RunPlainAsync<T>(
        CliOutput output, string title, Func<Action<double, string>, Task<T>> work)
    {
        var clock = Stopwatch.StartNew();
        var lastLine = TimeSpan.Zero;
        return await work((share, words) =>
        {
            if (clock.Elapsed - lastLine < s_betweenLines)
                return;
            lastLine = clock.Elapsed;
            output.WriteLine($"{title}: {share:P0} {words}".TrimEnd());
        });
    }
}
