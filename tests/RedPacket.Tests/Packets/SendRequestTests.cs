using System.Text;
using RedPacket.Http;
using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

public sealed class SendRequestTests
{
    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("null", "invalid_json")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"count\":2}", "invalid_json")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100}", "invalid_json")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"Count\":1}", "unknown_field")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":\"100\",\"count\":1}", "invalid_json")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100.5,\"count\":1}", "amount_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":99999999999999999999,\"count\":1}", "amount_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":0,\"count\":1}", "amount_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":-1,\"count\":1}", "amount_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":20000001,\"count\":1}", "amount_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":0}", "count_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":101}", "count_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":20000000,\"count\":100001}", "count_out_of_range")]
    [InlineData("{\"kind\":\"equal\",\"amountFen\":100,\"count\":3}", "not_divisible")]
    [InlineData("{\"kind\":\"other\",\"amountFen\":100,\"count\":1}", "kind_unknown")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"expiresInSeconds\":9}", "expiry_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"expiresInSeconds\":604801}", "expiry_out_of_range")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"greeting\":\"a\\nb\"}", "greeting_invalid")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"greeting\":\"\\ud83d\"}", "greeting_invalid")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"greeting\":null}", "invalid_json")]
    [InlineData("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1,\"a\\ud83d\":1}", "invalid_json")]
    public void BadBody_IsRefusedWithItsCode(string body, string code)
    {
        var (request, refusal) = Read(body);
        Assert.Null(request);
        Assert.Equal((400, code), (refusal!.Status, refusal.Code));
    }

    [Theory]
    [InlineData("\"expiresInSeconds\":9", "expiresInSeconds must be a whole number from 10 to 604800; it was 9.")]
    [InlineData("\"expiresInSeconds\":\"9\"", "expiresInSeconds must be a number; it was \"9\".")]
    [InlineData("\"greeting\":5", "greeting must be a string; it was 5.")]
    [InlineData("\"amountFen\":1e300", "amountFen must be a whole number from 1 to 20000000; it was 1e300.")]
    [InlineData("\"kind\":\"other\"", "kind must be lucky or equal; it was other.")]
    [InlineData("\"kind\":\"0123456789012345678901234567890123456789x\"",
        "kind must be lucky or equal; it was 0123456789012345678901234567890123456789….")]
    public void BadMember_IsNamedWithItsLimitsAndItsValue(string member, string detail)
    {
        string[] good = ["\"kind\":\"lucky\"", "\"amountFen\":100", "\"count\":1"];
        var others = good.Where(other => other.Split(':')[0] != member.Split(':')[0]);
        Assert.Equal(detail, Read($"{{{string.Join(',', [member, .. others])}}}").Refusal!.Detail);
    }

    [Fact]
    public void MissingMember_IsNamed() =>
        Assert.Equal("count must be a number; it is missing.", Read("{\"kind\":\"lucky\",\"amountFen\":100}").Refusal!.Detail);

    [Fact]
    public void ShortestBody_GetsTheDefaults()
    {
        var (request, _) = Read("{\"kind\":\"lucky\",\"amountFen\":100,\"count\":1}");
        Assert.Equal(new SendRequest("lucky", 100, 1, "", 86_400, ExpiryIsSet: false), request);
    }

    private static (SendRequest? Request, Problem? Refusal) Read(string text)
    {
        var (body, refusal) = JsonBody.Parse(Encoding.UTF8.GetBytes(text), SendRequest.Members);
        return body is { } asked ? SendRequest.Check(asked, new PacketsOptions()) : (null, refusal);
    }
}
