using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace RedPacket.Http;

/// <summary>The schema of an answer, read off its examples.</summary>
internal static class ExampleSchema
{
    /// <summary>
    /// All the fields that any example has; those that all have are required. A value that is null in some examples may
    /// be null, and one that is null in all may be anything.
    /// </summary>
    public static OpenApiSchema Of(params JsonNode?[] examples)
    {
        JsonNode[] known = [.. examples.OfType<JsonNode>()];
        var schema = known switch
        {
            [] => new OpenApiSchema(),
            [JsonObject, ..] => OfObjects([.. known.OfType<JsonObject>()]),
            [JsonArray, ..] => OfItems([.. known.OfType<JsonArray>().SelectMany(list => list)]),
            [var first, ..] => OfValue(first.AsValue()),
        };
        if (known.Length < examples.Length && schema.Type is { } type)
            schema.Type = type | JsonSchemaType.Null;
        return schema;
    }

    private static OpenApiSchema OfObjects(JsonObject[] examples) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = examples.SelectMany(example => example).GroupBy(field => field.Key)
            .ToDictionary(field => field.Key, IOpenApiSchema (field) => Of([.. field.Select(value => value.Value)])),
        Required = examples.Select(example => example.Select(field => field.Key)).Aggregate((all, some) => all.Intersect(some)).ToHashSet(),
    };

    private static OpenApiSchema OfItems(JsonNode?[] items) => new() { Type = JsonSchemaType.Array, Items = Of(items) };

    private static OpenApiSchema OfValue(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        JsonValueKind.Number when value.ToJsonString().Contains('.', StringComparison.Ordinal) =>
            new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" },
        JsonValueKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        _ when IsTime(value.GetValue<string>()) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static bool IsTime(string text) =>
        text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);
}
