using System.Text;

namespace RedPacket.Tests.Contract;

/// <summary>
/// Valid requests with random damage: never a 500, and every fen funded belongs to a send answered with 201.
/// </summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class FuzzTests(DemoProcess demo)
{
    private static readonly string[] s_bodies =
    [
        """{"kind":"lucky","amountFen":100,"count":10}""",
        """{"kind":"equal","amountFen":300,"count":3,"greeting":"恭喜","expiresInSeconds":3600}""",
        """{"greeting":"\ud83e\udde7","kind":"lucky","expiresInSeconds":604800,"amountFen":20000000,"count":100}""",
    ];

    private static readonly string[] s_scraps =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "-", "1e9",
        "\\u0000", "\\ud800", "99999999999999999999", "\0", "\n", "福", "0", " ",
    ];

    private ApiClient Api => demo.Api;

    [Fact]
    public async Task DamagedSend_IsRefusedOrAcceptedWithoutA500()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var before = await Sums.Of(Api);
        long taken = 0;

        for (var call = 0; call < 500; call++)
        {
            var body = Damage(random, s_bodies[random.Next(s_bodies.Length)]);
            var answer = await Api.Send(body);
            Assert.True(answer.Status is 201 or 400 or 413, $"seed {seed}, call {call}: {answer} for {body}");
            if (answer.Status == 201)
                taken += answer.Json.GetProperty("amountFen").GetInt64();
            else
                Problems.Check(answer);
        }

        Assert.True(before.Funded + taken == (await Sums.Of(Api)).Funded, $"seed {seed}");
    }

    [Fact]
    public async Task RandomPath_NeverReturns500()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        string[] parts =
        [
            "api", "v1", "packets", "grabs", "wallets", "transfers", "consistency", "parked", "anna", ApiClient.Unknown,
            "..", "%2e", "%00", "?limit=", "?after=", "&state=", "?format=", "{x}", "%", "'",
        ];
        string[] methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];

        for (var call = 0; call < 500; call++)
        {
            var path = "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => parts[random.Next(parts.Length)]));
            var method = methods[random.Next(methods.Length)];
            if (!Uri.TryCreate(path, UriKind.Relative, out _))
                continue;
            var answer = await Api.Call(new HttpMethod(method), path, "anna", asOperator: random.Next(2) == 0);
            Assert.True(answer.Status < 500, $"seed {seed}, call {call}: {method} {path}: {answer}");
        }
    }

    private static string Damage(Random random, string body)
    {
        var text = new StringBuilder(body);
        for (var wounds = random.Next(1, 4); wounds > 0; wounds--)
        {
            var at = random.Next(text.Length);
            if (random.Next(3) == 0)
                text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at));
            else
                text.Insert(at, s_scraps[random.Next(s_scraps.Length)]);
        }
        return text.ToString();
    }
}
