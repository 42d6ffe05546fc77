namespace RedPacket.Http;

/// <summary>
/// What an endpoint says of itself beyond its route, for <c>/openapi/v1.json</c>. 401, 400 user_invalid and 403 are added to what needs a caller, 413 and 415
/// to what takes a body, 500 to all: only an endpoint's own refusals are named.
/// </summary>
internal static class OpenApiMetadata
{
    /// <summary>The endpoint may refuse with these codes; statuses and meanings are looked up in <see cref="Codes"/>.</summary>
    public static TBuilder WithProblems<TBuilder>(this TBuilder builder, params string[] codes) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ProblemCodes(codes));

    /// <summary>One answer. The schema is read off the example, so the example names every field.</summary>
    /// <param name="example">JSON for JSON and event streams, plain text for anything else.</param>
    public static TBuilder WithAnswer<TBuilder>(this TBuilder builder, int status, string example, string contentType = "application/json", string? description = null)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedAnswer(status, example, contentType, description));

    /// <summary>The JSON body that the endpoint takes, for endpoints that read it themselves.</summary>
    /// <param name="required">The fields that have no default.</param>
    public static TBuilder WithRequest<TBuilder>(this TBuilder builder, string example, params string[] required) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedRequest(example, required));

    /// <summary>A query parameter or header that the endpoint reads itself.</summary>
    /// <param name="place">query or header.</param>
    public static TBuilder WithInput<TBuilder>(this TBuilder builder, string name, string place, string description, bool required = false)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedInput(name, place, description, required));
}

internal sealed record ProblemCodes(IReadOnlyList<string> Names);

internal sealed record DescribedAnswer(int Status, string Example, string ContentType, string? Description);

internal sealed record DescribedRequest(string Example, IReadOnlyList<string> Required);

internal sealed record DescribedInput(string Name, string Place, string Description, bool Required);
