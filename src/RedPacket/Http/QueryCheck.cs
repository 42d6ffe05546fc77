using RedPacket.Hosting;

namespace RedPacket.Http;

/// <summary>
/// Refuses query parameters that a call does not describe, as bodies are refused for unknown fields: a misspelt filter
/// would otherwise show everything. Addresses that describe nothing (pages, calls of other processes) are left alone.
/// </summary>
internal static class QueryCheck
{
    public static void UseQueryCheck(this WebApplication app) => app.Use(next => context =>
        context.Request.QueryString.HasValue && Unknown(context) is { } refusal ? refusal.ExecuteAsync(context) : next(context));

    private static Problem? Unknown(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<DescribedAnswer>() is null)
            return null;
        string[] known = [.. endpoint.Metadata.GetOrderedMetadata<DescribedInput>().Where(input => input.Place == "query")
            .Select(input => input.Name)];
        if (context.Request.Query.Keys.FirstOrDefault(name => !known.Contains(name)) is not { } unknown)
            return null;
        var near = Nearest.Of(unknown, known, Math.Max(1, unknown.Length / 3));
        return new Problem(400, "query_unknown", known.Length == 0
            ? $"This call takes no query parameter; it was given {Short(unknown)}."
            : $"This call takes {string.Join(", ", known)}; it was given {Short(unknown)}{Nearest.Question(near)}");
    }

    private static string Short(string name) => name.Length <= 40 ? name : $"{name[..40]}…";
}
