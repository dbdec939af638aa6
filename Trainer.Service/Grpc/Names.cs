using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Grpc;

/// <summary>Reads the references and page sizes of requests.</summary>
internal static class Names
{
    private const int MaxPageSize = 1000;

    /// <summary>The id in <c>runs/{run}</c>.</summary>
    /// <exception cref="InvalidArgumentException">It is none.</exception>
    public static string RunId(string name, string field = "name") => Id(name, "runs", field);

    /// <summary>The id in <c>sweeps/{sweep}</c>.</summary>
    /// <exception cref="InvalidArgumentException">It is none.</exception>
    public static string SweepId(string name) => Id(name, "sweeps", "name");

    /// <summary>A page's size, the usual one where none is given.</summary>
    /// <exception cref="InvalidArgumentException">It is negative or too large.</exception>
    public static int PageSize(int given, int usual)
    {
        if (given is < 0 or > MaxPageSize)
            throw new InvalidArgumentException("page_size", $"Must be 0 to {MaxPageSize}, not {given}.");
        return given == 0 ? usual : given;
    }

    private static string Id(string name, string collection, string field) =>
        ResourceName.TryParse(name, collection) is { Version: null } parsed
            ? parsed.Id
            : throw new InvalidArgumentException(field, $"'{name}' is not of the form {collection}/{{id}}.");
}
