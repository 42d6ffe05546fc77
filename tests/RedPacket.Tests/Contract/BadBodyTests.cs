using System.Text;

namespace RedPacket.Tests.Contract;

/// <summary>Bodies of a send that must be refused: status, code, and no packet of their sender.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class BadBodyTests(DemoProcess demo)
{
    private const string Valid = """{"kind":"lucky","amountFen":100,"count":10}""";

    private ApiClient Api => demo.Api;

    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"cou""", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("null", "invalid_json")]
    [InlineData("\"lucky\"", "invalid_json")]
    [InlineData("42", "invalid_json")]
    [InlineData("{}", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","count":10}""", "invalid_json")]
    [InlineData("""{"amountFen":100,"count":10}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10}{}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,/**/"count":10}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"count":10}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"tip":1}""", "unknown_field")]
    [InlineData("""{"kind":"lucky","amountFen":100,"Count":10,"count":10}""", "unknown_field")]
    [InlineData("""{"kind":"lucky","amountFen":100,"co\ud800unt":10}""", "unknown_field|invalid_json")]
    [InlineData("""{"kind":"lu\udc00cky","amountFen":100,"count":10}""", "kind_unknown|invalid_json")]
    [InlineData("""{"kind":1,"amountFen":100,"count":10}""", "invalid_json")]
    [InlineData("""{"kind":["lucky"],"amountFen":100,"count":10}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":{},"count":10}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":true}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":null}""", "invalid_json")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"greeting":5}""", "invalid_json")]
    public Task InvalidJson_Returns400(string body, string code) => Refused(body, 400, code);

    [Theory]
    [InlineData("0", "amount_out_of_range")]
    [InlineData("-1", "amount_out_of_range")]
    [InlineData("0.5", "amount_out_of_range|invalid_json")]
    [InlineData("100.5", "amount_out_of_range|invalid_json")]
    [InlineData("20000001", "amount_out_of_range")]
    [InlineData("9223372036854775807", "amount_out_of_range")]
    [InlineData("9223372036854775808", "amount_out_of_range|invalid_json")]
    [InlineData("-99999999999999999999", "amount_out_of_range|invalid_json")]
    [InlineData("1e400", "amount_out_of_range|invalid_json")]
    [InlineData("\"100\"", "amount_out_of_range|invalid_json")]
    [InlineData("0100", "invalid_json")]
    [InlineData("+100", "invalid_json")]
    [InlineData("NaN", "invalid_json")]
    public Task InvalidAmount_Returns400(string amount, string code) =>
        Refused($$"""{"kind":"lucky","amountFen":{{amount}},"count":1}""", 400, code);

    [Theory]
    [InlineData("0", "count_out_of_range")]
    [InlineData("-5", "count_out_of_range")]
    [InlineData("1.5", "count_out_of_range|invalid_json")]
    [InlineData("100001", "count_out_of_range")]
    [InlineData("4294967297", "count_out_of_range")]
    [InlineData("18446744073709551617", "count_out_of_range|invalid_json")]
    [InlineData("\"10\"", "count_out_of_range|invalid_json")]
    public Task InvalidCount_Returns400(string count, string code) =>
        Refused($$"""{"kind":"lucky","amountFen":1000000,"count":{{count}}}""", 400, code);

    [Theory]
    [InlineData("""{"kind":"lucky","amountFen":9,"count":10}""", "count_out_of_range")]
    [InlineData("""{"kind":"equal","amountFen":9,"count":10}""", "count_out_of_range|not_divisible")]
    [InlineData("""{"kind":"equal","amountFen":101,"count":10}""", "not_divisible")]
    [InlineData("""{"kind":"Lucky","amountFen":100,"count":10}""", "kind_unknown")]
    [InlineData("""{"kind":"","amountFen":100,"count":10}""", "kind_unknown")]
    [InlineData("""{"kind":"random","amountFen":100,"count":10}""", "kind_unknown")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"expiresInSeconds":9}""", "expiry_out_of_range")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"expiresInSeconds":604801}""", "expiry_out_of_range")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"expiresInSeconds":-10}""", "expiry_out_of_range")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"expiresInSeconds":9223372036854775807}""", "expiry_out_of_range")]
    [InlineData("""{"kind":"lucky","amountFen":100,"count":10,"expiresInSeconds":"60"}""", "expiry_out_of_range|invalid_json")]
    public Task InvalidTerms_Returns400(string body, string code) => Refused(body, 400, code);

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("a\\nb")]
    [InlineData("\\u007f")]
    [InlineData("\\u0085")]
    [InlineData("\\u202e")]
    [InlineData("a\\u202ab")]
    [InlineData("\\u2066")]
    [InlineData("\\u2069")]
    [InlineData("\\ud800")]
    [InlineData("x\\udc00y")]
    public Task GreetingWithControlCharacter_Returns400(string greeting) =>
        Refused($$"""{"kind":"lucky","amountFen":100,"count":10,"greeting":"{{greeting}}"}""", 400, "greeting_invalid|invalid_json");

    [Theory]
    [InlineData(101, "福")]
    [InlineData(101, "a")]
    [InlineData(101, "👨‍👩‍👧‍👦")]
    [InlineData(1, "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301")]
    public async Task GreetingTooLong_Returns400(int times, string element)
    {
        var greeting = times > 1 ? string.Concat(Enumerable.Repeat(element, times)) : element + new string('\u0301', 2000);
        await Refused($$"""{"kind":"lucky","amountFen":100,"count":10,"greeting":"{{greeting}}"}""", 400, "greeting_invalid");
    }

    [Fact]
    public async Task InvalidUtf8_Returns400()
    {
        byte[] body = [.. "{\"kind\":\"lucky\",\"amountFen\":100,\"count\":10,\"greeting\":\""u8, 0xFF, 0xC0, 0x80, .. "\"}"u8];
        await Refused(ApiClient.Bytes(body, "application/json"), ApiClient.NewKey(), 400, "invalid_json|greeting_invalid");
    }

    [Fact]
    public Task ThousandNestedArrays_Return400() =>
        Refused(new string('[', 1000) + new string(']', 1000), 400, "invalid_json");

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    public Task ContentTypeNotJson_Returns415(string? type) =>
        Refused(ApiClient.Bytes(Encoding.UTF8.GetBytes(Valid), type), ApiClient.NewKey(), 415, "media_type_unsupported");

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("nonsense")]
    public Task ContentEncoding_Returns415(string encoding)
    {
        var body = ApiClient.Json(Valid);
        body.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return Refused(body, ApiClient.NewKey(), 415, "content_encoding_unsupported");
    }

    [Theory]
    [InlineData(8193)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public Task BodyOver8Kilobytes_Returns413(int length) => Refused(Valid.PadRight(length), 413, "body_too_large");

    [Fact]
    public async Task BodyOf8Kilobytes_Returns201()
    {
        var sender = ApiClient.NewUser();

        var answer = await Api.Send(Valid.PadRight(8192), sender);

        Assert.True(answer.Status == 201, answer.ToString());
        Assert.Equal(1, await Api.SentBy(sender));
    }

    [Fact]
    public async Task KeyMissing_Returns400()
    {
        var sender = ApiClient.NewUser();

        var answer = await Api.Call(HttpMethod.Post, "/api/v1/packets", sender, false, ApiClient.Json(Valid));

        Assert.Equal((400, "key_missing"), (answer.Status, answer.Code));
        Assert.Equal(0, await Api.SentBy(sender));
    }

    [Theory]
    [InlineData("", "key_missing|key_invalid")]
    [InlineData("   ", "key_missing|key_invalid")]
    [InlineData("two words", "key_invalid")]
    [InlineData("schlüssel", "key_invalid")]
    [InlineData("钥匙", "key_invalid")]
    public Task InvalidKey_Returns400(string key, string code) => Refused(ApiClient.Json(Valid), key, 400, code);

    [Theory]
    [InlineData(201)]
    [InlineData(10 * 1024)]
    public Task KeyTooLong_Returns400(int length) =>
        Refused(ApiClient.Json(Valid), new string('k', length), 400, "key_invalid");

    private Task Refused(string body, int status, string code) =>
        Refused(ApiClient.Json(body), ApiClient.NewKey(), status, code);

    private async Task Refused(HttpContent body, string key, int status, string codes)
    {
        var sender = ApiClient.NewUser();

        var answer = await Api.Call(HttpMethod.Post, "/api/v1/packets", sender, false, body, ("Idempotency-Key", key));

        Assert.True(answer.Status == status && codes.Split('|').Contains(answer.Code), $"expected {status} {codes}, got {answer}");
        Problems.Check(answer);
        Assert.Equal(0, await Api.SentBy(sender));
    }
}
