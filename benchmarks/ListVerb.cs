using System.CommandLine;

namespace Platform.Benchmarks;

/// <summary><c>list</c>: what each benchmark measures, and its flags.</summary>
internal static class ListVerb
{
    public static Command Create(RootCommand root)
    {
        var command = new Command("list", "Lists the benchmarks and their flags.");
        command.SetAction(_ =>
        {
            foreach (var benchmark in root.Subcommands)
            {
                Console.WriteLine($"{benchmark.Name}: {benchmark.Description}");
                foreach (var option in benchmark.Options.Where(option => !option.Hidden))
                    Console.WriteLine($"    {option.Name}: {option.Description}");
            }
        });
        return command;
    }
}
