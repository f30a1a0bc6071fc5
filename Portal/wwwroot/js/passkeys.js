// <passkey-form data-ask="get|create" data-options="address"><form>…: calls the authenticator before the form is sent, and puts its
// response into the field "credential", or the one marked data-credential. Hidden where passkeys are not supported.
class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
    this.hidden = false;
    this.querySelector("form").addEventListener("submit", event => {
      const form = event.target;
      if (this.#field(form).value) return;
      event.preventDefault();
      this.#ask(form).catch(error => this.#complain(form, error));
    });
  }

  async #ask(form) {
    const response = await fetch(this.dataset.options, {
      method: "POST",
      headers: { Accept: "application/json", RequestVerificationToken: form.elements.__RequestVerificationToken.value },
    });

    // The person has to confirm their identity first. The form is sent as it is, and comes back from there.
    if (response.status === 401 && response.headers.get("WWW-Authenticate") === "Proof") {
      form.submit();
      return;
    }

    if (!response.ok) throw new Error(`${response.status}`);

    const options = await response.json();
    const credential =
      this.dataset.ask === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    this.#field(form).value = JSON.stringify(credential.toJSON());
    form.requestSubmit();
  }

  #field(form) {
    return form.querySelector("[data-credential]") ?? form.elements.credential;
  }

  #complain(form, error) {
    const place = form.querySelector("[role=alert]");
    place.hidden = false;
    place.textContent =
      error.name === "InvalidStateError"
        ? "This device already has a passkey."
        : error.name === "NotAllowedError"
          ? "Passkey request was canceled. Try again, or use another way."
          : "That didn’t work. Try again, or use another way.";
  }
}

customElements.define("passkey-form", PasskeyForm);
