using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace RedPacket.Http;

/// <summary>The schema of an example: its fields and their types. Null says only that there may be something.</summary>
internal static class ExampleSchema
{
    /// <summary>Of several examples, all the fields that any has; required are those that all have.</summary>
    public static OpenApiSchema Of(params JsonNode?[] examples)
    {
        var objects = examples.OfType<JsonObject>().ToArray();
        return objects.Length > 0 && objects.Length == examples.Length ? OfObjects(objects) : OfOne(examples[0]);
    }

    private static OpenApiSchema OfObjects(JsonObject[] examples) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = examples.SelectMany(example => example).GroupBy(field => field.Key)
            .ToDictionary(field => field.Key, IOpenApiSchema (field) => OfOne(field.Select(value => value.Value).FirstOrDefault(value => value is not null))),
        Required = examples.Select(example => example.Select(field => field.Key)).Aggregate((all, some) => all.Intersect(some)).ToHashSet(),
    };

    private static OpenApiSchema OfOne(JsonNode? example) => example switch
    {
        JsonObject fields => OfObjects([fields]),
        JsonArray list => new OpenApiSchema { Type = JsonSchemaType.Array, Items = list.Count == 0 ? new OpenApiSchema() : Of([.. list]) },
        JsonValue value => OfValue(value),
        _ => new OpenApiSchema(),
    };

    private static OpenApiSchema OfValue(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        JsonValueKind.Number when value.ToJsonString().Contains('.', StringComparison.Ordinal) => new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" },
        JsonValueKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        _ when DateTimeOffset.TryParse(value.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _) && value.GetValue<string>().Contains('T', StringComparison.Ordinal)
            => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
