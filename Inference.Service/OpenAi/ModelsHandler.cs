using Platform.InferenceHost.Models;
using Platform.Models;

namespace Platform.InferenceHost.OpenAi;

/// <summary>Answers <c>/v1/models</c>: what is in memory, and every run that could be.</summary>
internal sealed class ModelsHandler(ModelRegistry models, ModelResolver resolver)
{
    private const int MaxListed = 1000;

    /// <summary>All of them.</summary>
    public Task ListAsync(HttpContext context)
    {
        var loaded = models.List();
        var names = loaded.Select(model => model.Reference).Concat(resolver.ListRuns(MaxListed)).Distinct();
        return context.Response.WriteAsJsonAsync(
            new { Object = "list", Data = names.Select(name => ToModel(name, loaded)) },
            OpenAiJson.Options, context.RequestAborted);
    }

    /// <summary>One of them.</summary>
    public Task GetAsync(HttpContext context, string id)
    {
        // A name's slash arrives escaped from clients that take it for one segment of the path.
        id = Uri.UnescapeDataString(id);
        try
        {
            resolver.Resolve(id, "model");
            return context.Response.WriteAsJsonAsync(
                ToModel(id, models.List()), OpenAiJson.Options, context.RequestAborted);
        }
        catch (Exception e) when (OpenAiErrors.TryTranslate(e) is { } known)
        {
            context.Response.StatusCode = known.Status;
            return context.Response.WriteAsJsonAsync(
                new { known.Error }, OpenAiJson.Options, context.RequestAborted);
        }
    }

    private static object ToModel(string name, IReadOnlyList<ModelSnapshot> loaded) => new
    {
        Id = name,
        Object = "model",
        Created = loaded.FirstOrDefault(model => model.Reference == name)?.LoadTime.ToUnixTimeSeconds() ?? 0,
        OwnedBy = "platform",
    };
}
