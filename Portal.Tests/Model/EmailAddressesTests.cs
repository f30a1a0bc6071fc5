using System.Net;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Model;

/// <summary>One address, however it is typed; one password, however it is pressed.</summary>
public sealed class EmailAddressesTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData("kirk@people.test", "\u212Airk@people.test")]
    [InlineData("kirk@people.test", "ki\u200Brk@people.test")]
    [InlineData("kirk@people.test", "\u202Ekirk@people.test\u202C")]
    [InlineData("kirk@people.test", "\uFF4Birk\uFF20people\uFF0Etest")]
    [InlineData("kirk@people.test", "  KIRK@people.test\u0000 ")]
    [InlineData("kirk@people.test", "ki\uFE0Frk@people.test")]
    [InlineData("jörg@bücher.example", "jo\u0308rg@xn--bcher-kva.example")]
    [InlineData("kim@BÜCHER.example", "kim@bu\u0308cher.example")]
    [InlineData("half\uD800@people.test", "half@people.test")]
    public void What_reads_alike_is_the_same(string one, string other)
    {
        Assert.Equal(EmailAddresses.Normalize(one), EmailAddresses.Normalize(other));
        Assert.DoesNotContain(EmailAddresses.Clean(other), letter =>
            char.IsControl(letter)
            || char.IsSurrogate(letter)
            || char.GetUnicodeCategory(letter) == System.Globalization.UnicodeCategory.Format
        );
    }

    [Theory]
    [InlineData("kim@people.test", "kim@people.example")]
    [InlineData("kim@people.test", "k.im@people.test")]
    [InlineData("kim@strasse.example", "kim@straße.example")]
    [InlineData("kim@people.test", "")]
    public void What_reads_differently_is_not(string one, string other) =>
        Assert.NotEqual(EmailAddresses.Normalize(one), EmailAddresses.Normalize(other));

    [Fact]
    public async Task Guesses_at_one_account_count_together_however_its_address_is_typed()
    {
        await using var limited = await portal.ReplicaAsync(("Portal:SignInLimits:FailuresPerAccount", "3"));
        var email = $"kirk{Guid.NewGuid():N}@people.test";
        await portal.With(
            (UserManager<User> users) =>
                users.CreateAsync(
                    new()
                    {
                        DisplayName = "Kirk",
                        UserName = email,
                        Email = email,
                        Role = UserRole.Admin,
                    },
                    People.Password
                )
        );
        foreach (var typed in new[] { email, "\u212A" + email[1..], email[..4] + "\u200B" + email[4..] })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await limited.SigningInAsync(typed, "wrong")).Status);
        }

        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await limited.SigningInAsync(email.ToUpperInvariant(), "wrong")).Status
        );
    }

    [Fact]
    public async Task Nobody_is_invited_twice_by_the_two_names_of_one_domain()
    {
        var owner = await portal.NewOwnerAsync();
        var invited = new List<Invitation?>();
        foreach (var email in new[] { "nia@bücher.example", "nia@xn--bcher-kva.example", "ni\u200Ba@bücher.example" })
        {
            invited.Add(
                await portal.With(
                    (InvitationService desk) =>
                        desk.InviteAsync(
                            owner.ClientId!.Value,
                            email,
                            "Nia",
                            UserRole.Member,
                            owner.Id,
                            owner.DisplayName,
                            default
                        )
                )
            );
        }

        Assert.NotNull(invited[0]);
        Assert.All(invited.Skip(1), Assert.Null);
        Assert.Equal("nia@bücher.example", invited[0]!.Email);
    }

    [Theory]
    [InlineData(NormalizationForm.FormC, NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormD, NormalizationForm.FormC)]
    public async Task A_password_opens_on_whichever_system_it_is_typed(NormalizationForm set, NormalizationForm typed)
    {
        const string Words = "größere Bäume stehen früher";
        var email = $"{Guid.NewGuid():N}@people.test";
        var made = await portal.With(
            (UserManager<User> users) =>
                users.CreateAsync(
                    new()
                    {
                        DisplayName = "Kim",
                        UserName = email,
                        Email = email,
                        Role = UserRole.Admin,
                    },
                    Words.Normalize(set)
                )
        );
        Assert.True(made.Succeeded, made.ToString());

        Assert.Equal("/admin/clients", (await portal.SigningInAsync(email, Words.Normalize(typed))).Path);
    }
}
