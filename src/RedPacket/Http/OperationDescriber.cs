using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using RedPacket.Http.Limits;

namespace RedPacket.Http;

/// <summary>
/// Writes into an operation what its endpoint says by <see cref="OpenApiMetadata"/>, and the refusals that follow from
/// its caller and body.
/// </summary>
internal sealed class OperationDescriber : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        // The endpoint's description replaces the one that the framework reads off the handler's type.
        if (operation.Responses is null || metadata.OfType<DescribedAnswer>().Any())
            operation.Responses = [];
        foreach (var answers in metadata.OfType<DescribedAnswer>().GroupBy(answer => answer.Status))
            operation.Responses[Key(answers.Key)] = Answer(answers.Key, [.. answers]);
        foreach (var problems in CodesOf(metadata).Distinct().GroupBy(code => Codes.All[code].Status).OrderBy(group => group.Key))
            AddProblems(operation.Responses, problems.Key, [.. problems], context.Document);
        if (metadata.OfType<DescribedRequest>().FirstOrDefault() is { } request)
            operation.RequestBody = Request(request);
        foreach (var input in metadata.OfType<DescribedInput>())
            Add(operation, input);
        if (metadata.OfType<IAuthorizeData>().Any())
            operation.Security =
                [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiSetup.Bearer, context.Document)] = [] }];
        return Task.CompletedTask;
    }

    private static IEnumerable<string> CodesOf(IList<object> metadata)
    {
        foreach (var code in metadata.OfType<ProblemCodes>().SelectMany(problems => problems.Names))
            yield return code;
        if (metadata.OfType<DescribedRequest>().Any())
            foreach (var code in (string[])["invalid_json", "unknown_field", "body_too_large", "media_type_unsupported"])
                yield return code;
        if (metadata.OfType<IAuthorizeData>().Any())
            foreach (var code in (string[])["user_invalid", "unauthenticated", "rate_limited"])
                yield return code;
        if (metadata.OfType<IAuthorizeData>().Any(data => data.Policy == Caller.Operator))
            yield return "forbidden";
        yield return "content_encoding_unsupported";
        yield return "internal_error";
    }

    private static OpenApiResponse Answer(int status, DescribedAnswer[] answers) => new()
    {
        Description = answers.Select(answer => answer.Description).FirstOrDefault(text => text is not null)
            ?? ReasonPhrases.GetReasonPhrase(status),
        Content = status == StatusCodes.Status204NoContent
            ? null
            : answers.GroupBy(answer => answer.ContentType).ToDictionary(group => group.Key, group => Media(group.Key, [.. group])),
    };

    private static OpenApiMediaType Media(string contentType, DescribedAnswer[] answers)
    {
        if (contentType is not ("application/json" or EventStreams.MediaType))
            return new OpenApiMediaType
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = JsonValue.Create(answers[0].Example),
            };
        var examples = answers.Select(answer => JsonNode.Parse(answer.Example)!).ToArray();
        var media = new OpenApiMediaType { Schema = ExampleSchema.Of(examples) };
        if (examples.Length == 1)
            media.Example = examples[0];
        else
            media.Examples = answers.Zip(examples)
                .ToDictionary(pair => pair.First.Name!, IOpenApiExample (pair) => new OpenApiExample { Value = pair.Second });
        return media;
    }

    private static void AddProblems(OpenApiResponses responses, int status, string[] codes, OpenApiDocument? document)
    {
        var response = new OpenApiResponse
        {
            Description = string.Join("\n\n", codes.Select(code => $"`{code}` {Codes.All[code].Meaning}")),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference("Problem", document),
                    Examples = codes.ToDictionary(
                        code => code, IOpenApiExample (code) => new OpenApiExample { Value = ProblemExample(code) }),
                },
            },
        };
        if (status is 429 or 503)
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] =
                    new OpenApiHeader { Description = "Seconds.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
            };
        responses[Key(status)] = response;
    }

    private static JsonObject ProblemExample(string code) => new()
    {
        ["type"] = "about:blank",
        ["title"] = ReasonPhrases.GetReasonPhrase(Codes.All[code].Status),
        ["status"] = Codes.All[code].Status,
        ["detail"] = Codes.All[code].Meaning,
        ["code"] = code,
        ["traceId"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    };

    private static OpenApiRequestBody Request(DescribedRequest request)
    {
        var example = JsonNode.Parse(request.Example)!;
        var schema = ExampleSchema.Of(example);
        schema.Required = new HashSet<string>(request.Required);
        schema.AdditionalPropertiesAllowed = false;
        return new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType { Schema = schema, Example = example },
            },
        };
    }

    private static void Add(OpenApiOperation operation, DescribedInput input)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = input.Name,
            In = input.Place == "header" ? ParameterLocation.Header : ParameterLocation.Query,
            Description = input.Description,
            Required = input.Required,
            Schema = new OpenApiSchema { Type = input.Type },
        });
    }

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);
}
