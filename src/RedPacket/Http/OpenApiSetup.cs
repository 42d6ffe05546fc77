using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace RedPacket.Http;

/// <summary><c>/openapi/v1.json</c>: every call, every status, every code, with examples.</summary>
internal static class OpenApiSetup
{
    public const string Address = "/openapi/v1.json";

    /// <summary>The name under which operations ask for a caller.</summary>
    public const string Bearer = "Bearer";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer(Introduce);
        options.AddOperationTransformer<OperationDescriber>();
    });

    public static void MapApiDescription(this IEndpointRouteBuilder app) => app.MapOpenApi(Address).ExcludeFromDescription();

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "RedPacket",
            Version = "v1",
            Description = "Send a red packet, grab a share, read the books. Money is an integer number of fen; times are RFC 3339, UTC, with milliseconds. "
                + "A refusal is application/problem+json with a stable code.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "sub is the user; the role operator opens the operators' calls. `RedPacket token --user alice` mints one for trying out.",
            },
        };
        // Tags are referred to by the operations, so they have to stand here.
        document.Tags = new HashSet<OpenApiTag>(((string[])["Packets", "Wallets", "Consistency", "Operations"]).Select(name => new OpenApiTag { Name = name }));
        document.AddComponent("Problem", ProblemSchema());
        return Task.CompletedTask;
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457, with a code that programs can switch on.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What to do, for people." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Codes.All.Keys.Order(StringComparer.Ordinal)] },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
        },
    };
}
