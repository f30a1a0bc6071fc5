// <passkey-form data-ask="get|create" data-options="address"><form>…: asks the authenticator before the form is sent, and puts its answer
// into the field "credential". Hidden where there are no passkeys.
class PasskeyForm extends HTMLElement {
  connectedCallback() {
    if (!globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
    this.hidden = false;
    this.querySelector("form").addEventListener("submit", event => {
      const form = event.target;
      if (form.elements.credential.value) return;
      event.preventDefault();
      this.#ask(form).catch(error => this.#complain(form, error));
    });
  }

  async #ask(form) {
    const response = await fetch(this.dataset.options, {
      method: "POST",
      headers: { RequestVerificationToken: form.elements.__RequestVerificationToken.value },
    });
    if (!response.ok) throw new Error(`${response.status}`);

    const options = await response.json();
    const credential = this.dataset.ask === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.requestSubmit();
  }

  #complain(form, error) {
    const place = form.querySelector("[role=alert]");
    place.hidden = false;
    place.textContent = error.name === "InvalidStateError"
      ? "This device has a passkey for you already."
      : error.name === "NotAllowedError"
        ? "No passkey was used. Try again, or take your password."
        : "That did not work. Try again, or take your password.";
  }
}

customElements.define("passkey-form", PasskeyForm);
