using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace RedPacket.Http;

/// <summary>
/// <c>/openapi/v1.json</c>: every call, status and code, with examples; and <c>/scalar</c>, which shows it.
/// </summary>
internal static class OpenApiSetup
{
    public const string Address = "/openapi/v1.json";

    /// <summary>The name of the security scheme by which operations ask for a caller.</summary>
    public const string Bearer = "Bearer";

    private const string Document = "v1";

    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly OpenApiTag[] s_tags =
    [
        new() { Name = "Packets", Description = "Send a packet, grab a share, look at packets." },
        new() { Name = "Wallets", Description = "What the ledger has for a user." },
        new() { Name = "Feed", Description = "The ledger's transfers in order, for programs that follow it. For operators." },
        new() { Name = "Subscribers", Description = "What programs that follow the ledger make of it: inboxes, statistics, risk." },
        new() { Name = "Consistency", Description = "The consistency report, repairs and parked entries. For operators." },
        new() { Name = "Operations", Description = "Health, info and live numbers. Open to all." },
    ];

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(Document, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(Introduce);
        options.AddOperationTransformer<OperationDescriber>();
    });

    /// <summary>The document is made once, when it is first asked for: a start has more urgent work.</summary>
    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var made = new Lazy<Task<byte[]>>(() => Task.Run(() => Make(services)));
        app.MapGet(Address, async (HttpRequest request) =>
            Results.Bytes(Under(request.PathBase, await made.Value), "application/json; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapScalarPage();
    }

    // The document is made once, and a known proxy may name another path in each request.
    private static byte[] Under(PathString pathBase, byte[] document)
    {
        if (!pathBase.HasValue)
            return document;
        var described = JsonNode.Parse(document)!;
        described["servers"] = new JsonArray(new JsonObject { ["url"] = pathBase.ToUriComponent() });
        return JsonSerializer.SerializeToUtf8Bytes(described, s_readable);
    }

    private static async Task<byte[]> Make(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document).GetOpenApiDocumentAsync();
        using var json = new MemoryStream();
        await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1);
        return json.ToArray();
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context,
        CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "RedPacket",
            Version = Document,
            Description = "Send a red packet, grab a share, read the ledger. Money is an integer number of fen. "
                + "Times are RFC 3339, UTC, with milliseconds. A refusal is application/problem+json with a stable code.",
        };
        // The root of the host that was asked: the process does not know under which names it is reached.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "sub is the user. The role operator opens the operators' calls. "
                    + "`RedPacket token --user alice` makes a token for development.",
            },
        };
        document.Tags = new HashSet<OpenApiTag>(s_tags);
        document.AddComponent("Problem", ProblemSchema());
        return Task.CompletedTask;
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457, with a code for programs.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong and what to do, for people." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Codes.All.Keys.Order(StringComparer.Ordinal)] },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
        },
    };
}
