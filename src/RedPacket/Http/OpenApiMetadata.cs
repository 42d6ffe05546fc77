using Microsoft.OpenApi;

namespace RedPacket.Http;

/// <summary>
/// The description that an endpoint gives of itself in <c>/openapi/v1.json</c>, beyond its route. It names only its own
/// refusals:
/// <see cref="OperationDescriber"/> adds those of every call with a caller (401, 400 <c>user_invalid</c>, 403) or a
/// body (413, 415), and 500.
/// </summary>
internal static class OpenApiMetadata
{
    /// <summary>The packet of all examples.</summary>
    public const string ExamplePacketId = "0-019b0c6e4a507c6d9f1a2b3c4d5e6f70";

    /// <summary>
    /// The endpoint may refuse with these codes. <see cref="Codes"/> has their statuses and meanings.
    /// </summary>
    public static TBuilder WithProblems<TBuilder>(this TBuilder builder, params string[] codes)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ProblemCodes(codes));

    /// <summary>
    /// One answer. The schema is read off its examples, so an example has every field, and one of several shows where a
    /// field may be null.
    /// </summary>
    /// <param name="example">JSON for JSON and event streams, plain text for anything else.</param>
    /// <param name="name">Needed where several examples have the same status and content type.</param>
    public static TBuilder WithAnswer<TBuilder>(
        this TBuilder builder, int status, string example, string contentType = "application/json", string? description = null,
        string? name = null)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedAnswer(status, example, contentType, description, name));

    /// <summary>The JSON body that the endpoint takes, for endpoints that read it themselves.</summary>
    /// <param name="required">The fields that have no default.</param>
    public static TBuilder WithRequest<TBuilder>(this TBuilder builder, string example, params string[] required)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedRequest(example, required));

    /// <summary>A query parameter or header that the endpoint reads itself.</summary>
    /// <param name="place">query or header.</param>
    public static TBuilder WithInput<TBuilder>(
        this TBuilder builder, string name, string place, JsonSchemaType type, string description, bool required = false)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DescribedInput(name, place, type, description, required));
}

internal sealed record ProblemCodes(IReadOnlyList<string> Names);

internal sealed record DescribedAnswer(int Status, string Example, string ContentType, string? Description, string? Name);

internal sealed record DescribedRequest(string Example, IReadOnlyList<string> Required);

internal sealed record DescribedInput(string Name, string Place, JsonSchemaType Type, string Description, bool Required);
