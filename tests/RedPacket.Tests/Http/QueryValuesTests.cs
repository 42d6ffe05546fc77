using Microsoft.AspNetCore.Http;
using RedPacket.Http;

namespace RedPacket.Tests.Http;

public sealed class QueryValuesTests
{
    [Theory]
    [InlineData("?limit=0", "The query parameter limit must be a whole number from 1 to 100; it was 0.")]
    [InlineData("?limit=1&limit=2", "The query parameter limit must be given once, with a value; it was 1,2.")]
    [InlineData("?full=yes", "The query parameter full must be true or false; it was yes.")]
    public void BadValue_IsNamedWithItsLimitsAndItself(string text, string detail)
    {
        var query = new QueryValues(new DefaultHttpContext { Request = { QueryString = new QueryString(text) } }.Request.Query);

        query.Limit();
        query.Flag("full");

        Assert.Equal((400, detail), (query.Refusal!.Status, query.Refusal.Detail));
    }
}
